import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {compact} from '../../base/collections.ts'
import {runInOwnClone} from '../../base/own-clone.ts'
import {isBelow} from '../../base/paths.ts'
import {shippedRecipesFolder} from '../../recipes/file/shipped-recipes.ts'
import {isTuned} from '../../recipes/file/suite.ts'
import type {Row} from '../../results/row.ts'
import type {RowOrigins} from '../origins.ts'

/** Finds the recipes of rows, and which of their commits svft's repository lacks, if svft runs from one. */
export async function findOrigins(rows: readonly Row[]): Promise<RowOrigins> {
  const files = new Map<string, string>()
  const objects = new Set<string>()
  for (const {recipe, commit} of rows) {
    const file = findRecipeFile(recipe)
    if (file !== undefined) files.set(recipe, isShipped(file) ? configOf(recipe) : file)
    if (commit === undefined || !/^[\da-f]{7,40}$/.test(commit)) continue
    objects.add(commit)
    if (file !== undefined && isShipped(file)) objects.add(`${commit}:${configOf(recipe)}`)
  }
  return {files, absent: await absentObjects([...objects])}
}

/** Finds a recipe by its name: below configs here, where svft tune writes it, or among those that ship with svft. */
export function findRecipeFile(name: string): string | undefined {
  const file = `${name}.yaml`
  return compact([configOf(name), isTuned(name) && file, join(shippedRecipesFolder(), file)]).find(existsSync)
}

const configOf = (name: string) => `configs/${name}.yaml`

const isShipped = (file: string) => isBelow(file, shippedRecipesFolder())

/** The objects that svft's own repository lacks; none where it has no repository of its own. */
async function absentObjects(objects: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await runInOwnClone(['cat-file', '--batch-check'], objects.map(object => `${object}\n`).join(''))
  const lines = found?.split('\n') ?? []
  return new Set(objects.filter((_, i) => lines[i]?.endsWith(' missing')))
}
