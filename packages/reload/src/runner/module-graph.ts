// The import graph: pure data, so that the effect of a change is computed without running anything.

/** A module as the graph sees it. */
export interface GraphNode {
  /** The files that it imports, statically, or dynamically so far. */
  readonly imports: ReadonlySet<string>
}

/**
 * The modules of the last good version. A {@link GraphOverlay} lies over it while the next version is tried; only its
 * `commit` changes the graph.
 */
export class ModuleGraph<Node extends GraphNode> {
  readonly #nodes = new Map<string, Node>()

  get(file: string): Node | undefined {
    return this.#nodes.get(file)
  }

  /** Returns every file, in the order in which they were added. */
  files(): string[] {
    return [...this.#nodes.keys()]
  }

  /** Returns the given files, in the graph or not, and all files that import them, directly or not. */
  affectedBy(changed: Iterable<string>): Set<string> {
    const importers = this.#importers()
    const affected = new Set<string>()
    const open = [...changed]
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (affected.has(file)) continue
      affected.add(file)
      open.push(...(importers.get(file) ?? []))
    }
    return affected
  }

  /** Opens an overlay in which the given files and their importers count as absent. */
  overlay(changed: Iterable<string> = []): GraphOverlay<Node> {
    return new GraphOverlay(this, this.affectedBy(changed))
  }

  /** @internal */
  replace(nodes: ReadonlyMap<string, Node>, roots: readonly string[]): void {
    for (const [file, node] of nodes) this.#nodes.set(file, node)
    const reachable = this.#reachableFrom(roots)
    for (const file of this.#nodes.keys()) if (!reachable.has(file)) this.#nodes.delete(file)
  }

  #importers(): Map<string, string[]> {
    const importers = new Map<string, string[]>()
    for (const [file, { imports }] of this.#nodes) {
      for (const target of imports) {
        const known = importers.get(target)
        if (known) known.push(file)
        else importers.set(target, [file])
      }
    }
    return importers
  }

  #reachableFrom(roots: readonly string[]): Set<string> {
    const reachable = new Set<string>()
    const open = [...roots]
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (reachable.has(file)) continue
      reachable.add(file)
      open.push(...(this.#nodes.get(file)?.imports ?? []))
    }
    return reachable
  }
}

/** The next version during an attempt: new nodes for the affected files, those of the graph for the others. */
export class GraphOverlay<Node extends GraphNode> {
  /** The files that count as absent in the graph. */
  readonly affected: ReadonlySet<string>
  readonly #graph: ModuleGraph<Node>
  readonly #fresh = new Map<string, Node>()
  #committed = false

  constructor(graph: ModuleGraph<Node>, affected: ReadonlySet<string>) {
    this.#graph = graph
    this.affected = affected
  }

  get(file: string): Node | undefined {
    return (
      this.#fresh.get(file) ??
      (this.#committed || !this.affected.has(file) ? this.#graph.get(file) : undefined)
    )
  }

  /** Returns the node of the last good version, also of an affected file. */
  previous(file: string): Node | undefined {
    return this.#graph.get(file)
  }

  /** Adds a new node. After the commit, by a later `import()`, it becomes part of the graph. */
  add(file: string, node: Node): void {
    if (this.#committed) this.#graph.replace(new Map([[file, node]]), [...this.#graph.files(), file])
    else this.#fresh.set(file, node)
  }

  /** Returns the files that were added. */
  files(): string[] {
    return [...this.#fresh.keys()]
  }

  /** Makes this the last good version. Files that the roots no longer reach are dropped. */
  commit(roots: readonly string[]): void {
    if (this.#committed) return
    this.#graph.replace(this.#fresh, roots)
    this.#fresh.clear()
    this.#committed = true
  }
}
