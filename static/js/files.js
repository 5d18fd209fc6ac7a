// Files of the portal, fetched by script.

// A redirect leads to the sign-in page: the session has ended, and that page is not the file.
export async function fetchFile(url) {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  return answer;
}
