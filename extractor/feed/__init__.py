"""The registry kept up to date: one document a chart, sent again only when it changed, kept in an outbox until the registry has it.

tables (``charts``) -> document (``document``, what people reviewed: ``keep``) -> outbox (``queue``, ``outbox``) -> registry (``deliver``, ``wire``, ``client``)

``watch`` does all of it from the notes on. The protocol is told in docs/feed.md, the document in ``chart.schema.json``, the receiving side in ``openapi.json``.
"""
