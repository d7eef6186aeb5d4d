// Where the process begins: `myfy run`, `myfy start` and plain `node` all run this file.

import { app } from './app.ts'

await app.run()
