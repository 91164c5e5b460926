namespace Lumen.Scenes;

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
