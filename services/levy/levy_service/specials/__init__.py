"""Special assessments over years: on bills by installments, or paid off at once."""
