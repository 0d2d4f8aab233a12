"""What every desk's pages are made with: the language, the template, times in words, forms, refusals."""
