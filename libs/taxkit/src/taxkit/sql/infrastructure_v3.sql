-- Old rows of the inbox are found page by page (taxkit.retention): once rows of its pages were
-- deleted and the room was used again, this index named every page for ever.
drop index if exists inbox_handled;
