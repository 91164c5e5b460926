namespace Lumen.Scenes;

/// <summary>A car.</summary>
/// <param name="X">Middle in X, metres.</param>
/// <param name="Z">Middle in Z, metres.</param>
/// <param name="Yaw">Heading in radians in (-pi, pi]: 0 drives away along the road (+Z), positive turns towards +X.</param>
/// <param name="Shape">Body style.</param>
/// <param name="Motion">What it is doing.</param>
public readonly record struct Car(float X, float Z, float Yaw, CarShape Shape, CarMotion Motion)
{
    /// <summary>Bumper to bumper in metres.</summary>
    public float Length =>
        Shape switch
        {
            CarShape.Saloon => 4.5f,
            CarShape.Hatchback => 3.9f,
            CarShape.OffRoader => 4.5f,
            _ => 4.9f,
        };

    /// <summary>Side to side in metres.</summary>
    public float Width =>
        Shape switch
        {
            CarShape.Hatchback => 1.75f,
            CarShape.Saloon => 1.85f,
            _ => 1.95f,
        };

    /// <summary>Ground to roof in metres.</summary>
    public float Height =>
        Shape switch
        {
            CarShape.Saloon => 1.46f,
            CarShape.Hatchback => 1.52f,
            CarShape.OffRoader => 1.78f,
            _ => 2.1f,
        };
}

/// <summary>What a car is doing; decides where it stands, how it is turned and whether its lights are on after dark.</summary>
public enum CarMotion
{
    /// <summary>Stands along the kerb without lights.</summary>
    Parked,

    /// <summary>Drives in its lane (traffic keeps right).</summary>
    Driving,

    /// <summary>Turns: any yaw.</summary>
    Turning,
}

/// <summary>Body style of a car.</summary>
public enum CarShape
{
    /// <summary>Bonnet, cabin, boot.</summary>
    Saloon,

    /// <summary>Short, with a steep tail.</summary>
    Hatchback,

    /// <summary>Tall, with a steep tail.</summary>
    OffRoader,

    /// <summary>Long, tall, with a very short bonnet.</summary>
    Van,
}
