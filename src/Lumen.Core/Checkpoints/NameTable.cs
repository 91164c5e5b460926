namespace Lumen.Core.Checkpoints;

/// <summary>
/// The two names that the weights of one part have: in the model (diffusers, transformers) and in an original checkpoint, where the part
/// stands under a prefix. Rows rename modules or single tensors; the longest row that fits wins.
/// </summary>
public sealed class NameTable
{
    private readonly Dictionary<string, NameRule> _byModel = new(StringComparer.Ordinal);
    private readonly ILookup<string, NameRule> _byStored;
    private readonly Func<string, bool> _ignores;

    /// <param name="prefix">What all names of the part begin with in the file: <c>model.diffusion_model.</c>; may be empty.</param>
    /// <param name="rules">The rows.</param>
    /// <param name="ignores">Names below the prefix that the file may hold and the model has no use for; null for none.</param>
    /// <param name="flattens">True where the file keeps matrices as 1x1 convolutions [A, B, 1, 1], by the model's name; null for
    /// never.</param>
    public NameTable(string prefix, IEnumerable<NameRule> rules, Func<string, bool>? ignores = null, Func<string, bool>? flattens = null)
    {
        (Prefix, _ignores, Flattens) = (prefix, ignores ?? (_ => false), flattens ?? (_ => false));
        NameRule[] rows = [.. rules];
        foreach (var rule in rows)
            _byModel.Add(rule.Model, rule);
        _byStored = rows.ToLookup(rule => rule.Stored, StringComparer.Ordinal);
    }

    /// <summary>What all names of the part begin with in the file.</summary>
    public string Prefix { get; }

    /// <summary>True for the model's matrices that the file keeps as 1x1 convolutions.</summary>
    public Func<string, bool> Flattens { get; }

    /// <summary>The name in the file, and which share of that tensor it is; null where the table has no row.</summary>
    /// <param name="model">Full name in the model.</param>
    public NameRule? ToStored(string model)
    {
        foreach (var (head, tail) in Heads(model))
        {
            if (_byModel.TryGetValue(head, out var rule))
                return rule with { Model = model, Stored = Prefix + rule.Stored + tail };
        }
        return null;
    }

    /// <summary>
    /// The tensors of the model that one tensor of the file holds: one, several if it is fused, none if it belongs to another part, is of
    /// no use or has no row.
    /// </summary>
    /// <param name="stored">Full name in the file.</param>
    public IReadOnlyList<NameRule> ToModel(string stored)
    {
        if (!stored.StartsWith(Prefix, StringComparison.Ordinal))
            return [];
        foreach (var (head, tail) in Heads(stored[Prefix.Length..]))
        {
            if (_byStored.Contains(head))
                return [.. _byStored[head].Select(rule => rule with { Model = rule.Model + tail, Stored = stored })];
        }
        return [];
    }

    /// <summary>
    /// The part of a checkpoint under the model's names. What stands below the prefix and has no row keeps its name, so that loading
    /// reports it.
    /// </summary>
    /// <param name="file">The checkpoint; it must be open as long as the result is used.</param>
    /// <param name="description">What messages call the part.</param>
    /// <exception cref="LumenException">Two tensors of the file are the same one of the model, or a fused tensor cannot be cut.</exception>
    public Checkpoint View(Checkpoint file, string description) =>
        file.View(description, file.Entries.Values.SelectMany(entry => Renamed(entry, description)));

    private IEnumerable<KeyValuePair<string, TensorEntry>> Renamed(TensorEntry entry, string description)
    {
        if (!entry.Name.StartsWith(Prefix, StringComparison.Ordinal) || _ignores(entry.Name[Prefix.Length..]))
            yield break;
        var rules = ToModel(entry.Name);
        if (rules.Count == 0)
            yield return new(entry.Name, entry);
        foreach (var rule in rules)
        {
            if (rule.Shares > 1 && (entry.Shape.Count == 0 || entry.Shape[0] % rule.Shares != 0))
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{description}: {entry.Name} must hold {rule.Shares} matrices one above the other, but its shape "
                        + $"[{string.Join(", ", entry.Shape)}] does not divide by {rule.Shares}."
                );
            var part = rule.Shares > 1 ? entry.Share(rule.Share, rule.Shares) : entry;
            yield return new(
                rule.Model,
                Flattens(rule.Model) && part.Shape is [var rows, var columns, 1, 1] ? part with { Shape = [rows, columns] } : part
            );
        }
    }

    // "a.b.c" with "", "a.b" with ".c", "a" with ".b.c".
    private static IEnumerable<(string Head, string Tail)> Heads(string name)
    {
        for (var end = name.Length; end > 0; end = name.LastIndexOf('.', end - 1))
            yield return (name[..end], name[end..]);
    }
}

/// <summary>One row of a <see cref="NameTable"/>: a module, with everything below it, or a single tensor.</summary>
/// <param name="Model">Name in the model, without a dot at the end: <c>down_blocks.0.resnets.0.norm1</c>.</param>
/// <param name="Stored">Name in the file, without the part's prefix: <c>input_blocks.1.0.in_layers.0</c>.</param>
/// <param name="Share">Which of <paramref name="Shares"/> equal shares of the stored tensor the model's is, from 0.</param>
/// <param name="Shares">Into how many the stored tensor is cut along its first axis.</param>
public sealed record NameRule(string Model, string Stored, int Share = 0, int Shares = 1);
