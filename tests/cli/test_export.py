"""``5x5 export`` writes one checked file, says so in a line, and overwrites nothing."""

from support import Command


def test_a_shipped_model_becomes_a_file_that_predict_takes(five_by_five: Command) -> None:
    done = five_by_five("export", "conv_net", "--to", "onnx")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].startswith("written: conv_net.onnx")
    again = five_by_five("export", "conv_net", "--to", "onnx")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def test_a_wrong_call_is_one_line(five_by_five: Command) -> None:
    wrong = five_by_five("export", "conv_net", "--to", "tflite")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: ")
    missing = five_by_five("export", "nothing-here", "--to", "onnx")
    assert missing.returncode == 2
    assert len(missing.stderr.splitlines()) == 1
