"""Workers for Compasso: functions that carry out the tasks of pipelines.

    from compasso import Worker

    worker = Worker("http://127.0.0.1:8400", slots=4)

    @worker.task("resize")
    def resize(task):
        task.log(f"resizing {task.input['image']}")
        return {"width": 100}

    worker.run()
"""

from .errors import Cancelled, Refused, TaskError, Unreachable
from .task import Artifact, Task
from .worker import Worker

__all__ = ["Artifact", "Cancelled", "Refused", "Task", "TaskError", "Unreachable", "Worker"]
__version__ = "0.1.0"
