using System.Text;

namespace Lumen.Augmentation;

/// <summary>
/// The digest that chains the lines of a manifest: SHA-256 of the digest before, a line feed and the line, in hexadecimal; empty before the
/// first line. Every line carries the digest of all lines before it, so a line that is changed, taken out, put in or moved is found by the
/// next one, and the head (<see cref="ManifestHead"/>) finds what is cut from the end.
/// </summary>
internal sealed class ManifestChain
{
    /// <summary>Lines so far.</summary>
    public long Lines { get; private set; }

    /// <summary>Digest of all lines so far.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>The next line, without its end.</summary>
    public void Add(string line) => (Lines, Digest) = (Lines + 1, ItemHash.Of(Encoding.UTF8.GetBytes($"{Digest}\n{line}")));

    /// <summary>Goes on from a digest that a line states, so that one fault is told once.</summary>
    public void Trust(string digest) => Digest = digest;
}
