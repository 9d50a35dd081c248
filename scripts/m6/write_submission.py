"""The forecast of the next period in the format of the competition."""

from bayesfolio.core.arrays import load_record
from bayesfolio.core.files import replacing
from bayesfolio.m6.quintiles import check_submission, submission_frame
from bayesfolio.m6.study import RankStudy
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    study = load_record(snakemake.input.study, RankStudy)
    probabilities, assets = study.forecast(snakemake.params.period, snakemake.params.method)
    frame = submission_frame(probabilities, assets)
    check_submission(frame, study.assets.tolist())
    with replacing(snakemake.output[0]) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
