// The text of the source files: comments, string literals and identifiers, each with its place.
import ts from 'typescript'
import { find, read } from './markdown.ts'

export interface Fragment {
  /** `packages/core/src/errors.ts:12` */
  readonly place: string
  readonly kind: 'comment' | 'doc comment' | 'string' | 'identifier'
  readonly text: string
}

/** The source files of a package, relative to the root of the repository. */
export function sourceFiles(folder: string): string[] {
  return find(`packages/${folder}/src/**/*.ts`, `apps/${folder}/src/**/*.ts`)
}

/** Returns every comment, string and identifier of a TypeScript file, in order. */
export function fragments(file: string): Fragment[] {
  const text = read(file)
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Fragment[] = []
  const seen = new Set<number>()
  const add = (kind: Fragment['kind'], position: number, content: string) =>
    found.push({
      kind,
      text: content,
      place: `${file}:${source.getLineAndCharacterOfPosition(position).line + 1}`,
    })
  const visit = (node: ts.Node): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ]
    for (const { pos, end } of ranges) {
      if (seen.has(pos)) continue
      seen.add(pos)
      const comment = text.slice(pos, end)
      add(comment.startsWith('/**') ? 'doc comment' : 'comment', pos, plain(comment))
    }
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) add('identifier', node.getStart(), node.text)
    else if (
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    )
      add('string', node.getStart(), node.text)
    for (const child of node.getChildren(source)) visit(child)
  }
  visit(source)
  return found
}

/** The words of a comment, without its asterisks and slashes, each run of white space as one space. */
function plain(comment: string): string {
  return comment
    .replace(/^\/\*+|\*+\/$|^\/\/+/g, '')
    .replace(/\n\s*(?:\*|\/\/)? ?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
