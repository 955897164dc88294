import {listSome} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import type {Model} from '../models/model.ts'
import type {Checkpoint} from '../weights/checkpoint.ts'
import {unread} from '../weights/names.ts'

/** Warnings about weights that a checkpoint has and its model, by config.json, does not. */
export function unreadWarnings(model: Model, {folder, tensors}: Checkpoint): readonly string[] {
  const names = unread(tensors, model)
  if (names.length === 0) return []
  const listed = listSome(
    names.map(name => escapeLine(name, 120)),
    3,
  )
  return [`${folder}: config.json describes a model without these tensors, which are ignored: ${listed}`]
}
