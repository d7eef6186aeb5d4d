// The processor time of one completion in an editor, by the language server of tsc 7.

import { spawn } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { median } from '../figures.mjs'
import { cpu } from '../http/server.mjs'

// The package exports no path to its language server.
const { default: getExePath } = await import(
  new URL('../node_modules/typescript/lib/getExePath.js', import.meta.url).href
)

/**
 * Completes inside of a file after each of several edits; `|` in the text is the position. Returns the median processor
 * time in ms, and the labels of the last completion.
 */
export async function completion(path, text, { rounds }) {
  const server = spawn(getExePath(), ['--lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const { ask, tell } = languageClient(server)
  try {
    const uri = pathToFileURL(path).href
    await ask('initialize', { processId: process.pid, rootUri: null, capabilities: {} })
    tell('initialized', {})
    const before = text.slice(0, text.indexOf('|')).split('\n')
    const contents = text.replace('|', '')
    tell('textDocument/didOpen', {
      textDocument: { uri, languageId: 'typescript', version: 1, text: contents },
    })
    const position = { line: before.length - 1, character: before.at(-1).length }
    const times = []
    let labels = []
    for (let version = 2; version < rounds + 4; version++) {
      // As while typing: every completion follows an edit.
      tell('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text: `${contents}\n// ${version}\n` }],
      })
      const began = cpu(server.pid)
      const result = await ask('textDocument/completion', { textDocument: { uri }, position })
      times.push((cpu(server.pid) - began) * 1_000)
      labels = (result?.items ?? result ?? []).map(({ label }) => label)
    }
    // The first two load the project.
    return { ms: median(times.slice(2)), first: times[0], labels }
  } finally {
    server.kill('SIGKILL')
  }
}

/** Speaks the protocol of language servers with a process. */
function languageClient(server) {
  let bytes = Buffer.alloc(0)
  let id = 0
  const waiting = new Map()
  const send = (message) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  const receive = (message) => {
    if (message.method !== undefined) {
      // A question of the server: it has to be answered.
      if (message.id !== undefined)
        send({
          id: message.id,
          result: message.method === 'workspace/configuration' ? message.params.items.map(() => null) : null,
        })
      return
    }
    const { resolve, reject } = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error) reject(new Error(message.error.message))
    else resolve(message.result)
  }
  server.stdout.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    for (;;) {
      const head = bytes.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))[1])
      if (bytes.length < head + 4 + length) return
      const body = bytes.toString('utf8', head + 4, head + 4 + length)
      bytes = bytes.subarray(head + 4 + length)
      receive(JSON.parse(body))
    }
  })
  return {
    tell: (method, params) => send({ method, params }),
    ask: (method, params) =>
      new Promise((resolve, reject) => {
        waiting.set(++id, { resolve, reject })
        send({ id, method, params })
      }),
  }
}
