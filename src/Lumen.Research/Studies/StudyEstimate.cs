using System.Globalization;

namespace Lumen.Research.Studies;

/// <summary>What the rest of a study will take.</summary>
/// <param name="Pictures">Pictures still to be made.</param>
/// <param name="DonePictures">Pictures that an earlier run has stored.</param>
/// <param name="SecondsPerPicture">By a trial, measuring included.</param>
/// <param name="Bytes">Disk for what is stored.</param>
public sealed record StudyEstimate(int Pictures, int DonePictures, double SecondsPerPicture, long Bytes)
{
    /// <summary>Time in all.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(Pictures * SecondsPerPicture);

    /// <summary>The estimate in a line.</summary>
    public override string ToString()
    {
        if (Pictures == 0)
            return $"nothing left to do: all {DonePictures} pictures are there";
        var stored = DonePictures > 0 ? $"; {DonePictures} are there already" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Pictures} pictures at {SecondsPerPicture:0.00} s: {Words(Time)}, {Bytes / 1e6:0.0} MB on the disk{stored}"
        );
    }

    /// <summary>A time span in words.</summary>
    public static string Words(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s"
        : $"{Math.Max(1, (int)Math.Ceiling(time.TotalSeconds))} s";
}
