using System.Security.Cryptography;
using System.Text;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>How one publisher names a family's weights: a table, not code.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Marker">The tensor by which the naming is recognised. What stands before it in a file (<c>vit.</c>, <c>backbone.</c>)
/// stands before every name.</param>
/// <param name="Rows">Their names. Where several rows give one part of one of our tensors, the file decides which holds.</param>
public sealed record WeightNaming(string Name, string Marker, IReadOnlyList<WeightName> Rows)
{
    /// <summary>Whether our own names are theirs where no row says otherwise.</summary>
    public bool IsOurs { get; init; }

    /// <summary>
    /// Beginnings of the names that belong to the backbone, where a file usually holds more (CLIP's text tower); none if all do.
    /// </summary>
    public IReadOnlyList<string> Own { get; init; } = [];

    /// <summary>Beginnings of the names of tensors that features never need.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Where the tensors of ours are in a file.</summary>
    /// <param name="ours">One of our names.</param>
    /// <param name="exists">Whether the file has a tensor.</param>
    /// <returns>Their names with the part of ours that each holds: one, or three.</returns>
    internal IEnumerable<(string Theirs, WeightPart Part)> Find(string ours, Func<string, bool> exists)
    {
        var candidates = Rows.Select(row => (Theirs: row.For(ours), row.Part))
            .Where(candidate => candidate.Theirs is not null)
            .Select(candidate => (candidate.Theirs!, candidate.Part))
            .ToList();
        if (IsOurs || candidates.Count == 0)
            candidates.Insert(0, (ours, WeightPart.Whole));
        return candidates
            .GroupBy(candidate => candidate.Part)
            .Select(group => group.FirstOrDefault(candidate => exists(candidate.Item1), group.First()));
    }

    /// <summary>Our tensors as a file in this naming has them: views, under their names.</summary>
    /// <param name="ours">A network's state.</param>
    /// <param name="exists">Whether the file has a tensor.</param>
    public IReadOnlyDictionary<string, Tensor> View(IReadOnlyDictionary<string, Tensor> ours, Func<string, bool> exists) =>
        ours.SelectMany(entry => Find(entry.Key, exists), (entry, found) => (found.Theirs, Part: WeightParts.Of(entry.Value, found.Part)))
            .ToDictionary(entry => entry.Theirs, entry => entry.Part, StringComparer.Ordinal);

    /// <summary>Fills a network from a file in this naming, and freezes it.</summary>
    /// <param name="network">The network; its own types and device stay.</param>
    /// <param name="checkpoint">The open file.</param>
    /// <param name="prefix">What stands before every name in it; empty as a rule.</param>
    /// <param name="modelName">What messages call the network.</param>
    /// <param name="unhashed">Our names of tensors that say nothing about features, which some files leave out.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <returns>SHA-256 over the values in float32: the same for one network under every naming and in every stored type that holds its
    /// values exactly.</returns>
    /// <exception cref="LumenException">Names, shapes or types differ; one message lists all.</exception>
    public string Load(
        nn.Module network,
        Checkpoint checkpoint,
        string prefix,
        string modelName,
        IReadOnlyCollection<string>? unhashed = null,
        CancellationToken stop = default
    )
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var view = View(network.state_dict(), name => checkpoint.Entries.ContainsKey(prefix + name));
        StateLoader.Load(
            view.ToDictionary(entry => prefix + entry.Key, entry => entry.Value, StringComparer.Ordinal),
            checkpoint,
            modelName,
            ignore: name => !name.StartsWith(prefix, StringComparison.Ordinal) || !Wants(name[prefix.Length..]),
            stop: stop
        );
        network.eval();
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        return HashOf(network, checkpoint, prefix, unhashed ?? [], stop);
    }

    private string HashOf(
        nn.Module network,
        Checkpoint checkpoint,
        string prefix,
        IReadOnlyCollection<string> unhashed,
        CancellationToken stop
    )
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in network.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            stop.ThrowIfCancellationRequested();
            if (unhashed.Contains(name))
                continue;
            using var scope = NewDisposeScope();
            var whole = empty(tensor.shape, dtype: ScalarType.Float32, device: CPU);
            foreach (var (theirs, part) in Find(name, theirs => checkpoint.Entries.ContainsKey(prefix + theirs)))
                checkpoint.ReadInto(prefix + theirs, WeightParts.Of(whole, part));
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {Shape.Text(tensor.shape)}\n"));
            hash.AppendData(whole.bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether a tensor of the file is to be loaded.</summary>
    /// <param name="name">Its name behind the file's prefix.</param>
    internal bool Wants(string name) => (Own.Count == 0 || Begins(name, Own)) && !Begins(name, Ignored);

    private static bool Begins(string name, IReadOnlyList<string> beginnings) =>
        beginnings.Any(beginning => name.StartsWith(beginning, StringComparison.Ordinal));
}
