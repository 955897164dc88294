// Declarations as a package publishes them: those that its entry refers to, each naming compiled files.
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import ts from 'typescript'

/** Keeps of the declarations in `folder` those that `entry` refers to, and points imports at `.js` files. */
export function keepReachable(folder, entry) {
  const names = readdirSync(folder, {recursive: true}).filter(name => name.endsWith('.d.ts'))
  const paths = names.map(name => resolve(folder, name))
  for (const file of paths)
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(?<=['"]\.[^'"\n]*)\.ts(?=['"])/g, '.js'))

  const options = {module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: []}
  const program = ts.createProgram([join(folder, entry)], options)
  const checker = program.getTypeChecker()
  const isKept = findReferred(program.getSourceFile(join(folder, entry)), {folder: resolve(folder), checker})
  for (const file of paths) {
    const kept = program.getSourceFile(file)?.statements.filter(one => namesOf(one).some(isKept)) ?? []
    if (kept.every(ts.isImportDeclaration)) rmSync(file)
    else writeFileSync(file, `${kept.map(one => keptText(one, isKept)).join('\n')}\n`)
  }
}

/** Returns the predicate of the names that a source refers to, directly or through declarations in the folder. */
function findReferred(source, {folder, checker}) {
  const symbolOf = name => {
    const symbol = checker.getSymbolAtLocation(name)
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  }
  const found = new Set()
  const visit = node => {
    const declarations = (ts.isIdentifier(node) && symbolOf(node)?.declarations) || []
    for (const declaration of declarations) {
      if (found.has(declaration)) continue
      found.add(declaration)
      if (resolve(declaration.getSourceFile().fileName).startsWith(folder)) visit(declaration)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return name => symbolOf(name)?.declarations?.some(declaration => found.has(declaration)) ?? false
}

/** The text of a statement, without the names of a list of imports or exports that are not kept. */
function keptText(statement, isKept) {
  const list = listOf(statement)
  if (!list?.elements) return statement.getFullText().trim()
  const kept = list.elements.filter(({name}) => isKept(name)).map(one => one.getText())
  return statement.getText().replace(list.getText(), () => `{ ${kept.join(', ')} }`)
}

/** The names that a statement declares, imports or exports. */
function namesOf(statement) {
  const list = listOf(statement)
  const declared = statement.declarationList?.declarations ?? list?.elements ?? []
  return [statement, list, ...declared].flatMap(one => one?.name ?? [])
}

/** The names in braces of an import or an export; of `import * as tf`, that one. */
const listOf = statement =>
  ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause
