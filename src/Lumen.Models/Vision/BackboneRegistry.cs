using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;

namespace Lumen.Models.Vision;

/// <summary>
/// The backbones that weights are recognised as. Immutable: <see cref="With"/> answers with a registry that has one more. A file is of the
/// first kind whose marker it holds, so the more special stand first.
/// </summary>
public sealed class BackboneRegistry
{
    private BackboneRegistry(IReadOnlyList<IBackboneType> types) => Types = types;

    /// <summary>The families of vision transformers that Lumen has.</summary>
    public static BackboneRegistry BuiltIn { get; } = new([.. BackboneFamilies.All]);

    /// <summary>The kinds in the order in which they are tried.</summary>
    public IReadOnlyList<IBackboneType> Types { get; }

    /// <summary>What users call them.</summary>
    public IReadOnlyList<string> Names => [.. Types.Select(type => type.Name)];

    /// <summary>These backbones and one more, which is tried before them.</summary>
    /// <exception cref="LumenException">Its name is taken.</exception>
    public BackboneRegistry With(IBackboneType type) =>
        type.Name == FeatureSource.StableDiffusion || Names.Contains(type.Name)
            ? throw new LumenException(
                LumenErrorKind.Model,
                $"There is a backbone called {type.Name} already. Give the new one another name."
            )
            : new BackboneRegistry([type, .. Types]);

    /// <summary>The kind that tensors of these names are of, or null.</summary>
    public IBackboneType? Find(IEnumerable<string> tensors)
    {
        string[] names = [.. tensors];
        return Types.FirstOrDefault(type => type.Markers.Any(marker => names.Any(name => IsNamed(name, marker))));
    }

    /// <summary>Opens weights of any of these kinds.</summary>
    /// <param name="checkpoint">The open file; it stays the caller's.</param>
    /// <param name="config">The text of the configuration beside it; null without one.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <param name="activation">What the caller says about the activation; null where that is to be found out.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <exception cref="LumenException">The weights are of no kind that is known, not complete, or do not fit the
    /// configuration.</exception>
    public Backbone Open(
        Checkpoint checkpoint,
        string? config,
        Placement placement,
        string? activation = null,
        CancellationToken stop = default
    ) =>
        (Find(checkpoint.Entries.Keys) ?? throw Unknown(checkpoint.Description, checkpoint.Entries.Keys, Types)).Open(
            checkpoint,
            config,
            placement,
            activation,
            stop
        );

    /// <summary>Whether a tensor has the name of a marker, perhaps behind a prefix.</summary>
    internal static bool IsNamed(string tensor, string marker) =>
        tensor == marker || tensor.EndsWith("." + marker, StringComparison.Ordinal);

    internal static LumenException Unknown(string description, IEnumerable<string> tensors, IEnumerable<IBackboneType> types)
    {
        string[] names = [.. tensors];
        var known = string.Join(", ", types.Select(type => $"{type.Name} ({string.Join(" or ", type.Markers)})"));
        var first = names.Order(StringComparer.Ordinal).Take(3).ToArray();
        return new LumenException(
            LumenErrorKind.Model,
            $"{description} holds no backbone that is known here. Known families and the tensor each is recognised by: {known}. The "
                + $"file has {names.Length} tensors"
                + (first.Length > 0 ? $", the first are {string.Join(", ", first)}." : ".")
        );
    }
}

/// <summary>The families that are built in. A file is the first one's whose marker it holds, so the more special stand first.</summary>
public static class BackboneFamilies
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<BackboneFamily> All { get; } =
    [Dinov2Family.Family, MaeFamily.Family, SiglipFamily.Family, DinoFamily.Family, ClipVisionFamily.Family];
}
