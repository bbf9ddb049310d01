"""``5x5 export`` writes one checked file, says so in a line, and overwrites nothing."""

from support import Command


def test_a_shipped_model_becomes_a_file_that_predict_takes(in_process: Command) -> None:
    done = in_process("export", "conv_net", "--to", "onnx")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].startswith("written: conv_net.onnx")
    again = in_process("export", "conv_net", "--to", "onnx")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def test_a_wrong_call_is_one_line(in_process: Command) -> None:
    wrong = in_process("export", "conv_net", "--to", "tflite")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: ")
    missing = in_process("export", "nothing-here", "--to", "onnx")
    assert missing.returncode == 2
    assert len(missing.stderr.splitlines()) == 1
