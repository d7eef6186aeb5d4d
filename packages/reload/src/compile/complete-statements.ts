// Statements that the module runner transform translates in part: they are rewritten before it.

const NAME = String.raw`[\p{ID_Continue}$]+`

/** Comments that a printer leaves before a statement, on its line. */
export const COMMENTS = String.raw`(?:/\*(?:[^*]|\*(?!/))*\*/ *)*`

/** Of `import d, * as n from "./a.ts"` the transform binds only the namespace. */
const DEFAULT_AND_NAMESPACE = new RegExp(
  String.raw`^(${COMMENTS})import (${NAME}), (\* as ${NAME}) from ("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(.*)$`,
  'gmu',
)

/** A default export without a name is hoisted only if it has one. */
const ANONYMOUS_FUNCTION = new RegExp(
  String.raw`^(${COMMENTS})export default (async )?function ?(\* ?)?\(`,
  'gm',
)

/** The name by which the transform refers to a default export. */
const DEFAULT = '__vite_ssr_export_default__'

/**
 * Returns the code with both parts of such statements, which stay on their line.
 *
 * @param transform - the transform; text in a string is what its output still contains
 */
export function completeStatements(code: string, transform: (code: string) => string): string {
  if (code.search(DEFAULT_AND_NAMESPACE) < 0 && code.search(ANONYMOUS_FUNCTION) < 0) return code
  const output = transform(code)
  return code
    .replace(DEFAULT_AND_NAMESPACE, (statement, comments, name, namespace, specifier, rest) =>
      output.includes(statement)
        ? statement
        : `${comments}import ${name} from ${specifier}${rest} import ${namespace} from ${specifier}${rest}`,
    )
    .replace(ANONYMOUS_FUNCTION, (statement, comments, async = '', star = '') =>
      output.includes(statement)
        ? statement
        : `${comments}export default ${async}function${star} ${DEFAULT}(`,
    )
}
