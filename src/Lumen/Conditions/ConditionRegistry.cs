using Lumen.Files;

namespace Lumen.Conditions;

/// <summary>What a condition needs to know of a picture beyond its pixels.</summary>
[Flags]
public enum AnnotationKinds
{
    /// <summary>Nothing: the picture alone gives the condition.</summary>
    None = 0,

    /// <summary><see cref="AnnotatedPicture.Labels"/>.</summary>
    Labels = 1,

    /// <summary><see cref="AnnotatedPicture.Depth"/>.</summary>
    Depth = 2,

    /// <summary><see cref="AnnotatedPicture.Normals"/>.</summary>
    Normals = 4,
}

/// <summary>A condition that recipes and adapters may name.</summary>
/// <param name="Kind">Its name.</param>
/// <param name="Create">Makes the producer; settings that are not given have their defaults, and one that cannot be used is a
/// <see cref="LumenException"/>.</param>
public sealed record ConditionType(ConditionKind Kind, Func<ConditionSettings, RasterCondition> Create)
{
    /// <summary>What it needs to know of a picture, without an estimator.</summary>
    public AnnotationKinds Needs { get; init; }

    /// <summary>Whether the picture alone gives the condition.</summary>
    public bool NeedsPictureOnly => Needs == AnnotationKinds.None;
}

/// <summary>
/// The conditions that recipes and adapters may name, besides the neural layout. Immutable: <see cref="With"/> answers with a registry that
/// has one more.
/// </summary>
public sealed class ConditionRegistry
{
    private ConditionRegistry(IReadOnlyList<ConditionType> types) => Types = types;

    /// <summary>The conditions that Lumen has.</summary>
    public static ConditionRegistry BuiltIn { get; } =
        new([
            new(
                ConditionKind.LabelMap,
                settings => new LabelMapCondition(
                    settings.Classes
                        ?? throw new LumenException(LumenErrorKind.Option, "A label map needs \"classes\", the number of its classes."),
                    settings.Ignore ?? 255
                )
            )
            {
                Needs = AnnotationKinds.Labels,
            },
            new(ConditionKind.Canny, settings => new CannyCondition(settings.LowThreshold ?? 100, settings.HighThreshold ?? 200)),
            new(ConditionKind.SoftEdge, settings => new SoftEdgeCondition(null, settings.Sigma ?? 1)),
            new(ConditionKind.Depth, _ => new DepthCondition()) { Needs = AnnotationKinds.Depth },
            new(ConditionKind.Normal, _ => new NormalCondition()) { Needs = AnnotationKinds.Normals },
        ]);

    /// <summary>The conditions.</summary>
    public IReadOnlyList<ConditionType> Types { get; }

    /// <summary>The names that recipes and adapters may give, the neural layout first.</summary>
    public IReadOnlyList<ConditionKind> Kinds => [ConditionKind.Layout, .. Types.Select(type => type.Kind)];

    /// <summary>These conditions and one more.</summary>
    /// <exception cref="LumenException">Its name is taken.</exception>
    public ConditionRegistry With(ConditionType type) =>
        Kinds.Contains(type.Kind)
            ? throw new LumenException(
                LumenErrorKind.Option,
                $"There is a condition called {type.Kind} already. Give the new one another name."
            )
            : new ConditionRegistry([.. Types, type]);

    /// <summary>The type of a kind.</summary>
    /// <exception cref="LumenException">There is none of that name.</exception>
    public ConditionType Find(ConditionKind kind) => Types.FirstOrDefault(type => type.Kind == kind) ?? throw Unknown(kind);

    /// <summary>Makes the producer that settings describe.</summary>
    /// <exception cref="LumenException">There is no such condition, a number is out of range, or one is given that belongs to another
    /// kind.</exception>
    public RasterCondition Create(ConditionSettings settings)
    {
        var type = Find(settings.Kind);
        settings.RefuseForeignSettings();
        return type.Create(settings);
    }

    private LumenException Unknown(ConditionKind kind)
    {
        string[] names = [.. Kinds.Select(known => known.Name)];
        return new LumenException(
            LumenErrorKind.Option,
            kind == ConditionKind.Layout
                ? "A neural layout is made by a basis, not by the settings of a condition. Open the adapter as a layout adapter."
                : $"The condition \"{kind}\" is not known. Known are {string.Join(", ", names)}."
                    + (NearestName.Of(kind.Name, names) is { } near ? $" Did you mean \"{near}\"?" : "")
        );
    }
}
