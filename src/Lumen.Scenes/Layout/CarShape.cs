namespace Lumen.Scenes;

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
