create table orders (id integer generated always as identity, item text);
create table receipts (id integer generated always as identity, item text);
