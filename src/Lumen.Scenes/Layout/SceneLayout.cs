namespace Lumen.Scenes;

/// <summary>What stands where, seen from where: everything that labels, depth, normals and instances depend on, and nothing else.</summary>
public sealed record SceneLayout
{
    /// <summary>Cars a layout holds at most.</summary>
    public const int MaximalCars = 4;

    /// <summary>The seed this layout came from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The camera.</summary>
    public required SceneCamera Camera { get; init; }

    /// <summary>Road, pavement, grass, markings.</summary>
    public required StreetGround Ground { get; init; }

    /// <summary>Buildings on both sides and perhaps across the end of the street.</summary>
    public required IReadOnlyList<Building> Buildings { get; init; }

    /// <summary>0...4 cars; the position in the list is the paint slot.</summary>
    public required IReadOnlyList<Car> Cars { get; init; }

    /// <summary>0...4 trees.</summary>
    public required IReadOnlyList<Tree> Trees { get; init; }

    /// <summary>0...3 people.</summary>
    public required IReadOnlyList<Person> People { get; init; }

    /// <summary>0...3 lamp posts.</summary>
    public required IReadOnlyList<LampPost> Lamps { get; init; }

    /// <summary>The layout of a seed.</summary>
    public static SceneLayout FromSeed(ulong seed) => new LayoutPlanner(seed).Plan();
}
