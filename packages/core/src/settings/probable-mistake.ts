// Values that a schema may accept, and that another program has probably set.

/** Returns what a value shows of the program that has set it, if that is probably not what a setting expects. */
export function mistakeIn(value: string): { readonly what: string; readonly fix: string } | undefined {
  if (/^(["']).*\1$/.test(value))
    return {
      what: 'begins and ends with a quotation mark, which belongs to the value',
      fix: 'Remove the quotation marks around the value (docker --env-file keeps them)',
    }
  if (/^(?:tcp|udp|sctp):\/\/\S+:\d+$/.test(value))
    return {
      what: 'has the form that Kubernetes gives it for a Service of that name',
      fix: 'Set enableServiceLinks: false in the pod, or give the settings a prefix',
    }
  return undefined
}
