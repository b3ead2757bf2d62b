import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { get } from './raw-http.js'

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: { readonly type: string; readonly minimum?: number; readonly maximum?: number }
}

interface Answer {
  readonly description: string
  readonly content: Readonly<Record<string, { readonly examples?: Readonly<Record<string, { value: Refusal }>> }>>
}

interface Refusal {
  readonly error: { readonly code: string }
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, Answer>>
}

export interface Document {
  readonly openapi: string
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, { properties: Record<string, object> }>> }
}

/** The description that a node gives of its API, and what its schemas say of values. */
export class ApiDescription {
  readonly document: Document
  /** Strict about schemas, too: a keyword that means nothing there is an error. */
  readonly #ajv = new Ajv2020({ allErrors: true, strictTypes: false })

  private constructor(document: Document) {
    this.document = document
    this.#ajv.addVocabulary(['openapi', 'info', 'tags', 'paths', 'components'])
    this.#ajv.addSchema(document, 'description')
  }

  static async of(port: number): Promise<ApiDescription> {
    return new ApiDescription(JSON.parse((await get(port, '/openapi.json')).text))
  }

  /** `GET /api/blocks/{id}`, and so on. */
  get operations(): Map<string, Operation> {
    const all = Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    )
    return new Map(all)
  }

  /** @param keys the way to a schema within the document */
  at(...keys: readonly string[]): ValidateFunction {
    const pointer = keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')))
    return this.#ajv.compile({ $ref: `description#/${pointer.join('/')}` })
  }
}
