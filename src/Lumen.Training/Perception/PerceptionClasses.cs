using Lumen.Training.Data;

namespace Lumen.Training.Perception;

/// <summary>The classes that a perception network knows.</summary>
/// <param name="Names">Name of each class; the id is the position.</param>
/// <param name="Things">Classes whose objects are distinguished, as instances.</param>
/// <param name="Oriented">Classes whose objects have a heading.</param>
public sealed record PerceptionClasses(IReadOnlyList<string> Names, IReadOnlyList<int> Things, IReadOnlyList<int> Oriented)
{
    /// <summary>No classes: depth and normals only.</summary>
    public static PerceptionClasses None { get; } = new([], [], []);

    /// <summary>Those of the street scenes; cars and people are things, cars have headings.</summary>
    public static PerceptionClasses Street { get; } = new(SceneLabels.Classes, SceneLabels.Things, SceneLabels.Oriented);

    /// <summary>Number of classes, K.</summary>
    public int Count => Names.Count;

    /// <summary>Refuses pictures whose class names are others; a network without a semantic head takes any.</summary>
    /// <exception cref="LumenException">They differ.</exception>
    public void RequireSame(PerceptionClasses pictures)
    {
        if (Count > 0 && pictures.Count > 0 && !Names.SequenceEqual(pictures.Names, StringComparer.Ordinal))
            throw new LumenException(
                $"The network knows {Count} classes ({string.Join(", ", Names)}), but the pictures have {pictures.Count} "
                    + $"({string.Join(", ", pictures.Names)}). Both must be the same."
            );
    }

    /// <summary>Whether both have the same names, things and oriented classes in the same order.</summary>
    public bool Equals(PerceptionClasses? other) =>
        other is not null
        && Names.SequenceEqual(other.Names, StringComparer.Ordinal)
        && Things.SequenceEqual(other.Things)
        && Oriented.SequenceEqual(other.Oriented);

    public override int GetHashCode() => HashCode.Combine(Names.Count, Things.Count, Oriented.Count);
}
