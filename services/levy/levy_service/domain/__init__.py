"""Pure decisions of levy: values in, values out."""
