/** The browser's storage, for taste only. Storage may be switched off: reading gives null, writing does nothing. */

export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Taste is not kept without storage; everything else works.
  }
}
