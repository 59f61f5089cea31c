"""The console: server-rendered pages over the same services as the API.

Every page works as plain HTML; scripts only spare reloads.  ``route`` is what each request goes through (language,
origin, errors), ``visit`` who is there, ``page`` how a template becomes a response; one file for each section of
pages, ``templates/`` and ``texts/`` for what they show.
"""
