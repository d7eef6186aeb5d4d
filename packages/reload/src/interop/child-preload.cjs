// Required first by every process and thread of an application under reload: runs a program of the application, in
// TypeScript or JavaScript, as the application itself runs. Every other program is left to Node.

const { existsSync, statSync } = require('node:fs')
const Module = require('node:module')
const path = require('node:path')

const source = path.join(__dirname, 'child-program.ts')
const program = existsSync(source) ? source : path.join(__dirname, 'child-program.js')
const framework = `${path.dirname(__dirname)}${path.sep}`
const run = Module.runMain

Module.runMain = (main = process.argv[1]) => {
  const file = main && ownProgram(path.resolve(main))
  if (!file) return run.call(Module, main)
  process.argv[1] = file
  // Node imports the modules of `--import` first.
  return run.call(Module, program)
}

function ownProgram(file) {
  if (file.startsWith(framework) || /[\\/]node_modules[\\/]/.test(file)) return undefined
  // A program may be named as its compiler names it, or without an extension.
  const compiled = file.replace(/\.([cm]?)jsx?$/, '.$1ts')
  const found = [file, `${file}.js`, compiled, compiled.replace(/ts$/, 'tsx'), `${file}.ts`].find(isFile)
  return found !== undefined && /\.[cm]?[jt]sx?$/.test(found) ? found : undefined
}

function isFile(file) {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true
}
