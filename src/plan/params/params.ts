import {type Shape, size, totalSize} from '../../engine/program.ts'
import type {DifferingRow} from '../../paper/differing-rows.ts'
import {howPrinted, type Printing} from '../../paper/printed-counts.ts'
import type {PaperVersion} from '../../paper/rows.ts'
import {countHeadParameters} from '../../recipes/blueprint.ts'
import {differingRowsOf, rowOf} from '../../recipes/file/paper-row.ts'
import type {Decision} from '../../recipes/file/profile.ts'
import type {Blueprint} from '../../recipes/opened-model.ts'

/** Modules or tensors that differ only in the index of their block. */
export interface ParamsGroup {
  /** `model.layers.*.self_attn.q_proj` for all blocks. */
  readonly path: string
  /** The shape of the weight, or of a tensor that trains whole. */
  readonly shape: Shape
  readonly count: number
  /** The trainable parameters of the group. */
  readonly params: number
}

export interface ParameterCount {
  readonly recipe: string
  readonly method: string
  /** Who decided each switch on which the paper and its code differ. */
  readonly decisions: readonly Decision[]
  readonly groups: readonly ParamsGroup[]
  /** The trainable parameters. */
  readonly params: number
  /** The trainable parameters without a classifier's head, as the paper counts. */
  readonly counted: number
  /** The parameters of the model, as a checkpoint stores them. */
  readonly modelParams: number
  /** The count that the paper prints for the row, and how ours was rounded to it; `printing` is undefined where it was not. */
  readonly paper?:
    | {readonly cell: string; readonly printed: string; readonly printing?: Printing | undefined}
    | undefined
  /** Rows of either version that print other values for this run, or have its label on other modules. */
  readonly differingRows: readonly DifferingRow[]
  /** The version that was asked for, if none of its rows is this run. */
  readonly notIn?: PaperVersion | undefined
}

export interface ParameterCountOptions {
  readonly decisions?: readonly Decision[]
  /** The version whose printed count is compared; default: that of the recipe's cell, for a point of a figure NeurIPS 2024. */
  readonly version?: PaperVersion
}

/** Counts the parameters that a recipe trains, from shapes alone. */
export function countParams(
  {recipe, plan, model}: Blueprint,
  {decisions = [], version}: ParameterCountOptions = {},
): ParameterCount {
  const parts = [
    ...plan.modules.map(({path, weight, count}) => ({path, shape: weight, params: count})),
    ...plan.whole.map(name => ({path: name, shape: plan.trainable[name], params: size(plan.trainable[name])})),
  ]
  const counted = plan.count - countHeadParameters(model, plan)
  const row = rowOf(recipe, version) ?? (version === undefined ? rowOf(recipe, 'neurips2024') : undefined)
  const isOwn = version === undefined && recipe.paper?.params !== undefined
  const {cell, params: printed} = (isOwn ? recipe.paper : (row ?? recipe.paper)) ?? {}
  return {
    recipe: recipe.name,
    method: recipe.adapter.method,
    decisions,
    groups: grouped(parts),
    params: plan.count,
    counted,
    modelParams: totalSize(model.shapes),
    paper:
      cell !== undefined && printed !== undefined && printed !== '-'
        ? {cell, printed, printing: howPrinted(counted, printed)}
        : undefined,
    differingRows: differingRowsOf(recipe, row),
    notIn: recipe.paper && !row ? version : undefined,
  }
}

function grouped(parts: readonly Omit<ParamsGroup, 'count'>[]): ParamsGroup[] {
  const groups = new Map<string, ParamsGroup>()
  for (const {path, shape, params} of parts) {
    const general = path.replace(/\.\d+(?=\.)/g, '.*')
    const key = `${general} ${shape}`
    const before = groups.get(key)
    groups.set(key, {path: general, shape, count: (before?.count ?? 0) + 1, params: (before?.params ?? 0) + params})
  }
  return [...groups.values()]
}
