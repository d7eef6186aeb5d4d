// `npm run bench -- <name> [options]` runs bench/<name>/bench.mjs.
const [name] = process.argv.splice(2, 1)
await import(`./${name}/bench.mjs`)
