/** `Disposable` of `@azure/functions-core`: runs a function once. */
export class Disposable {
  #callOnDispose: (() => unknown) | undefined

  constructor(callOnDispose: () => unknown) {
    this.#callOnDispose = callOnDispose
  }

  /** One that disposes of all given ones, in order. */
  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables)
        if (typeof disposable?.dispose === 'function') disposable.dispose()
    })
  }

  dispose(): unknown {
    const call = this.#callOnDispose
    this.#callOnDispose = undefined
    return typeof call === 'function' ? call() : undefined
  }
}
