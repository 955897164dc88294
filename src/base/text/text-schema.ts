import {z} from 'zod'

export const text = z.string().min(1, 'must not be empty')
