// The import graph: pure data, so that the effect of a change is computed without running anything.

/** A module as the graph sees it. */
export interface GraphNode {
  /** The file that it was compiled from. */
  readonly file: string
  /** The ids of the modules that it imports, statically, or dynamically so far. */
  readonly imports: ReadonlySet<string>
}

/**
 * The modules of the last good version. The id of a module is its file; the separate instance that an import with a query
 * makes has another id. A {@link GraphOverlay} lies over the graph while the next version is tried; only its
 * `commit` changes the graph.
 */
export class ModuleGraph<Node extends GraphNode> {
  readonly #nodes = new Map<string, Node>()

  get(id: string): Node | undefined {
    return this.#nodes.get(id)
  }

  /** Returns the modules of a file. */
  instances(file: string): Node[] {
    return [...this.#nodes.values()].filter((node) => node.file === file)
  }

  /** Returns every file, in the order in which they were added. */
  files(): string[] {
    return filesOf(this.#nodes)
  }

  /** Returns the ids of the given files, in the graph or not, and of all modules that import them, directly or not. */
  affectedBy(changed: Iterable<string>): Set<string> {
    const importers = this.#importers()
    const affected = new Set<string>()
    const files = new Set(changed)
    const open = [...files]
    for (const [id, { file }] of this.#nodes) if (id !== file && files.has(file)) open.push(id)
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (affected.has(id)) continue
      affected.add(id)
      open.push(...(importers.get(id) ?? []))
    }
    return affected
  }

  /** Opens an overlay in which the given files and their importers count as absent. */
  overlay(changed: Iterable<string> = []): GraphOverlay<Node> {
    return new GraphOverlay(this, this.affectedBy(changed))
  }

  /** @internal */
  replace(nodes: ReadonlyMap<string, Node>, roots: readonly string[]): void {
    for (const [id, node] of nodes) this.#nodes.set(id, node)
    const reachable = this.#reachableFrom(roots)
    for (const id of this.#nodes.keys()) if (!reachable.has(id)) this.#nodes.delete(id)
  }

  /** @internal */
  add(id: string, node: Node): void {
    this.#nodes.set(id, node)
  }

  #importers(): Map<string, string[]> {
    const importers = new Map<string, string[]>()
    for (const [id, { imports }] of this.#nodes) {
      for (const target of imports) {
        const known = importers.get(target)
        if (known) known.push(id)
        else importers.set(target, [id])
      }
    }
    return importers
  }

  #reachableFrom(roots: readonly string[]): Set<string> {
    const reachable = new Set<string>()
    const open = [...roots]
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (reachable.has(id)) continue
      reachable.add(id)
      open.push(...(this.#nodes.get(id)?.imports ?? []))
    }
    return reachable
  }
}

function filesOf(nodes: ReadonlyMap<string, GraphNode>): string[] {
  return [...new Set([...nodes.values()].map(({ file }) => file))]
}

/** The next version during an attempt: new nodes for the affected modules, those of the graph for the others. */
export class GraphOverlay<Node extends GraphNode> {
  /** The ids that count as absent in the graph. */
  readonly affected: ReadonlySet<string>
  readonly #graph: ModuleGraph<Node>
  readonly #fresh = new Map<string, Node>()
  #committed = false

  constructor(graph: ModuleGraph<Node>, affected: ReadonlySet<string>) {
    this.#graph = graph
    this.affected = affected
  }

  get(id: string): Node | undefined {
    return (
      this.#fresh.get(id) ?? (this.#committed || !this.affected.has(id) ? this.#graph.get(id) : undefined)
    )
  }

  /** Returns the module of the last good version, also an affected one. */
  previous(id: string): Node | undefined {
    return this.#graph.get(id)
  }

  /** Adds a new module. After the commit, by a later `import()`, it becomes part of the graph. */
  add(id: string, node: Node): void {
    if (this.#committed) this.#graph.add(id, node)
    else this.#fresh.set(id, node)
  }

  /** Returns the files of the modules that were added. */
  files(): string[] {
    return filesOf(this.#fresh)
  }

  /** Makes this the last good version. Files that the roots no longer reach are dropped. */
  commit(roots: readonly string[]): void {
    if (this.#committed) return
    this.#graph.replace(this.#fresh, roots)
    this.#fresh.clear()
    this.#committed = true
  }
}
