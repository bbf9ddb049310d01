"""MLflow: a run called as the run folder, or the one that is open already; MLFLOW_TRACKING_URI says where, as ever."""

from pathlib import Path

from fivebyfive.training.logs.log import Log, call, flat, known_as
from fivebyfive.training.plans import Plan

ID = "mlflow.id"


class MLflow(Log):
    """Logs to one run; one that is gone on with, to the same, if it is still there."""

    needs, name = "mlflow", "MLflow"
    advice = "set MLFLOW_TRACKING_URI to a server, or to a file such as sqlite:///mlflow.db"

    def begin(self, plan: Plan, place: Path, first_step: int) -> None:
        """Open the run, unless the caller has opened one."""
        import mlflow

        self.own = mlflow.active_run() is None
        if self.own:
            known = known_as(place, ID, first_step)
            run = mlflow.start_run(run_id=known, run_name=None if known else place.name)
            call(place, ID, run.info.run_id)
        if not first_step:
            mlflow.log_params(flat(plan))

    def write(self, step: int, values: dict[str, float]) -> None:
        """Figures of a step."""
        import mlflow

        mlflow.log_metrics(values, step=step)

    def close(self, step: int, results: dict[str, float] | None) -> None:
        """The results are figures of the last step."""
        import mlflow

        if results:
            mlflow.log_metrics(results, step=step)
        if self.own:
            mlflow.end_run("KILLED" if results is None else "FINISHED")


LOG = MLflow
