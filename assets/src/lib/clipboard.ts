/** Puts a text on the clipboard. */
export async function copy_text(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Plain HTTP has no clipboard; a selection in a passing text area still copies.
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}
