"""Every way to show a trace or a run: in the terminal, as a drawing, as charts, as a page. A view only draws."""
