import {z} from 'zod'

/** Whether a field of the recipe schema is part of a run's identity, the text whose hash names the run's folder. */
export interface RunIdentity {
  readonly hashed: boolean
  /**
   * The value of a later field that is left out of the hash, so that the hashes of earlier runs do not change. It may depend
   * on the recipe's task.
   */
  readonly unless?: string | number | boolean | ((task: string) => string)
}

/** The declarations of all fields of the recipe schema: every field is in a group of `hashed` or `notHashed`. */
export const runIdentity = z.registry<RunIdentity>()

/** Declares that these fields decide what is trained or scored; a field may declare `hashedUnless` for itself. */
export function hashed<Shape extends z.core.$ZodShape>(shape: Shape): Shape {
  for (const field of Object.values(shape)) if (!runIdentity.has(field)) runIdentity.add(field, {hashed: true})
  return shape
}

/** Declares that these fields change nothing that is trained or scored. */
export function notHashed<Shape extends z.core.$ZodShape>(shape: Shape): Shape {
  for (const field of Object.values(shape)) runIdentity.add(field, {hashed: false})
  return shape
}

/** Declares that a field was added when there were already runs, all of which had this value. */
export function hashedUnless<Field extends z.core.$ZodType>(
  unless: NonNullable<RunIdentity['unless']>,
  field: Field,
): Field {
  runIdentity.add(field, {hashed: true, unless})
  return field
}
