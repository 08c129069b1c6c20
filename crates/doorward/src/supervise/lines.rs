//! Passing a tool's output through, each line with the tool's name before it.

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};

/// A longer line is cut into several, so that a tool that never ends its line cannot fill our memory.
const LONGEST: usize = 16 * 1024;

/// Copies lines until the tool closes its end. Goes on reading when nobody listens to us any more: a full pipe would stop the tool.
pub async fn pass_through<R, W>(name: &str, from: R, mut to: W)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut reader = BufReader::with_capacity(8 * 1024, from);
    let prefix = format!("{name} | ");
    let mut line = prefix.clone().into_bytes();
    while let Ok(chunk) = reader.fill_buf().await {
        if chunk.is_empty() {
            break;
        }
        let room = (LONGEST + prefix.len()).saturating_sub(line.len());
        let end = chunk.iter().take(room).position(|byte| *byte == b'\n');
        let taken = end.map_or(chunk.len().min(room), |at| at + 1);
        line.extend(chunk.iter().take(taken));
        reader.consume(taken);
        if end.is_some() || line.len() >= LONGEST + prefix.len() {
            if end.is_none() {
                line.push(b'\n');
            }
            write(&mut to, &line).await;
            line.truncate(prefix.len());
        }
    }
    if line.len() > prefix.len() {
        line.push(b'\n');
        write(&mut to, &line).await;
    }
}

async fn write<W: AsyncWrite + Unpin>(to: &mut W, line: &[u8]) {
    if to.write_all(line).await.is_ok() {
        let _ = to.flush().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn passed(text: &[u8]) -> String {
        let mut out = Vec::new();
        pass_through("dagster", text, &mut out).await;
        String::from_utf8(out).expect("UTF-8")
    }

    #[tokio::test]
    async fn each_line_is_named_also_one_without_an_end() {
        assert_eq!(passed(b"one\n\ntwo").await, "dagster | one\ndagster | \ndagster | two\n");
        assert_eq!(passed(b"").await, "");
    }

    #[tokio::test]
    async fn a_line_without_end_is_cut_into_pieces() {
        let out = passed(&vec![b'x'; LONGEST * 2 + 5]).await;
        let lengths: Vec<usize> = out.lines().map(|line| line.len() - "dagster | ".len()).collect();
        assert_eq!(lengths, [LONGEST, LONGEST, 5]);
    }
}
