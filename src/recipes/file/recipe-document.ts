import {relative} from 'node:path'
import {Document, isCollection, visit} from 'yaml'
import {escapeText} from '../../base/printable.ts'
import {mapSources, withoutSet} from './change-recipe.ts'
import {parseAddress} from './hub-reference.ts'
import type {Recipe} from './schema.ts'

/**
 * A recipe as a YAML document to be saved in `folder`: paths are relative to it, sources on the hub are
 * written as in a recipe file; lists and sources on the hub are on one line.
 */
export function recipeDocument(recipe: Recipe, folder: string): Document {
  return documentOf({...withoutSet(recipe), ...sourcesOf(recipe, folder)})
}

/** Values as YAML; lists and sources on the hub are on one line. Text that is printed with escapes is in double quotes. */
export function documentOf(written: object): Document {
  const document = new Document(JSON.parse(JSON.stringify(written)))
  for (const path of inlinePaths(written)) {
    const node = document.getIn(path, true)
    if (isCollection(node)) node.flow = true
  }
  visit(document, {
    Scalar(_, scalar) {
      const {value} = scalar
      if (typeof value === 'string' && escapeText(value) !== value) scalar.type = 'QUOTE_DOUBLE'
    },
  })
  return document
}

function sourcesOf({model, data}: Recipe, folder: string): object {
  const local = (path: string) => relative(folder, path) || '.'
  const source = (path: string): object | string => hubSource(path) ?? local(path)
  return {
    model:
      'path' in model ? (hubSource(model.path) ?? {path: local(model.path)}) : {...model, config: local(model.config)},
    data: mapSources(data, source),
  }
}

function hubSource(path: string): object | undefined {
  const source = parseAddress(path)
  if (!source) return undefined
  const {name, file, revision} = source
  return {hub: name, file, revision: revision === 'main' ? undefined : revision}
}

/** The paths of lists, of sources on the hub and of empty values, which are written on one line. */
function inlinePaths(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value) || 'hub' in value || Object.keys(value).length === 0) return [path]
  return Object.entries(value).flatMap(([key, inner]) => inlinePaths(inner, [...path, key]))
}
