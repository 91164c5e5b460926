using System.Text;
using Lumen.Core.Checkpoints;
using Lumen.Files;

namespace Lumen.Pretrained;

/// <summary>The folder that a conversion writes: keeps what was written, in order.</summary>
/// <param name="folder">The folder.</param>
/// <param name="options">Type of the weights.</param>
/// <param name="progress">Receives how far each part is.</param>
/// <param name="stop">Stops between pieces.</param>
internal sealed class ConversionFolder(
    string folder,
    ConversionOptions options,
    IProgress<ConversionProgress>? progress,
    CancellationToken stop
)
{
    private readonly List<string> _files = [];

    public IReadOnlyList<string> Files => _files;

    public void Weights(string part, string name, Checkpoint weights)
    {
        var total = weights.Entries.Values.Sum(entry => entry.Length);
        CheckpointCopy.Write(
            Place(part, name),
            weights,
            options.DType,
            new Relay(done => progress?.Report(new ConversionProgress(part.Length > 0 ? part : name, done, total))),
            stop
        );
    }

    public void Text(string part, string name, string text) => AtomicFile.Write(Place(part, name), Encoding.UTF8.GetBytes(text));

    /// <summary>Copies small files that are there.</summary>
    public void Copy(string source, string part, params IEnumerable<string> names)
    {
        foreach (var name in names.Where(name => File.Exists(Path.Combine(source, name))))
            AtomicFile.Write(Place(part, name), File.ReadAllBytes(Path.Combine(source, name)));
    }

    /// <summary>The model card and the licence stay with the weights.</summary>
    public void CopyCard(string source) =>
        Copy(source, "", Directory.EnumerateFiles(source, "LICENSE*").Select(path => Path.GetFileName(path)).Prepend("README.md"));

    private string Place(string part, string name)
    {
        var relative = Path.Combine(part, name);
        _files.Add(relative);
        return Path.Combine(folder, relative);
    }

    private sealed class Relay(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
