using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Lumen.Extensions.AI;

/// <summary>Registers Lumen with a program's services.</summary>
public static class LumenServiceCollectionExtensions
{
    /// <summary>
    /// Adds one model for the whole program: <see cref="LumenService"/>, and <see cref="IImageGenerator"/> over it. Nothing is opened
    /// before the first request. Options can be configured further, from settings for instance, by
    /// <c>Configure&lt;LumenServiceOptions&gt;</c>.
    /// </summary>
    /// <param name="services">The program's services; where they have logging, it is used.</param>
    /// <param name="model">A diffusers folder or a <c>.safetensors</c> file; null where <paramref name="configure"/> or settings
    /// say.</param>
    /// <param name="configure">Adapter, device, defaults of requests.</param>
    public static IServiceCollection AddLumen(
        this IServiceCollection services,
        string? model = null,
        Action<LumenServiceOptions>? configure = null
    )
    {
        var options = services.AddOptions<LumenServiceOptions>();
        if (model is not null)
            options.Configure(given => given.Model = model);
        if (configure is not null)
            options.Configure(configure);
        services.TryAddSingleton(provider => new LumenService(
            provider.GetRequiredService<IOptions<LumenServiceOptions>>(),
            LoggerOf<LumenService>(provider)
        ));
        services.TryAddSingleton<IImageGenerator>(provider => new LumenImageGenerator(
            provider.GetRequiredService<LumenService>(),
            LoggerOf<LumenImageGenerator>(provider)
        ));
        return services;
    }

    private static ILogger<T> LoggerOf<T>(IServiceProvider provider) =>
        provider.GetService<ILoggerFactory>()?.CreateLogger<T>() ?? NullLogger<T>.Instance;
}
