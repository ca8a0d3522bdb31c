"""Pure decisions of cashiering: values in, values out."""
