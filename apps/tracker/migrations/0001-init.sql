create table users (
  id integer generated always as identity primary key,
  email text not null unique,
  name text not null,
  password_hash text not null,
  role text not null default 'member',
  created_at timestamptz not null default now()
);

create table projects (
  id integer generated always as identity primary key,
  name text not null,
  owner_id integer not null references users (id),
  created_at timestamptz not null default now()
);

create table tasks (
  id integer generated always as identity primary key,
  project_id integer not null references projects (id) on delete cascade,
  title text not null,
  status text not null default 'open',
  priority integer not null default 3,
  assignee_id integer references users (id),
  due_at timestamptz,
  created_at timestamptz not null default now()
);

create table comments (
  id integer generated always as identity primary key,
  task_id integer not null references tasks (id) on delete cascade,
  author_id integer not null references users (id),
  body text not null,
  created_at timestamptz not null default now()
);

create table attachments (
  id integer generated always as identity primary key,
  task_id integer not null references tasks (id) on delete cascade,
  name text not null,
  type text not null,
  size integer not null,
  path text not null,
  created_at timestamptz not null default now()
);
