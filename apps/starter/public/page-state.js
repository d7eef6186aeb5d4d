// What the page shows.

export const page = {
  connection: 'connecting …',
  message: '',
  errors: {},
  reloads: 0,
  boot: undefined,
  status: undefined,
  render: () => {},
}

export function draw(changes = {}) {
  Object.assign(page, changes)
  page.render()
}
